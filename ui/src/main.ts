import { mount } from 'svelte';
import { openBackend } from './backend/transport';
import { openApp } from './call/open-app';
import { setLanguage } from './i18n/i18n.svelte';
import Root from './Root.svelte';
import './styles/tokens.css';
import './styles/base.css';

const target = document.getElementById('app');
if (!target) throw new Error('the page has no #app');

setLanguage('system');
mount(Root, { target, props: { opening: openApp(openBackend) } });
